-- How many orders the reconcile checks ran over: clean checks over none have proven nothing.
SELECT count(*) AS orders
FROM orders
WHERE created_at >= :opened AND created_at <= :closed
