-- Let no statement of this transaction run longer; as a parameter, since poolers refuse it at connect.
SELECT set_config('statement_timeout', :milliseconds, true)
