# The protocol's own quick check, without jq, which would only slow it down: quick_check.sh http://host:port
curl -s "$1/metrics" | grep -E '^trader_(is_leader|marketdata_heartbeat_seconds|order_stream_heartbeat_seconds|scan_heartbeat_seconds|scan_ticks_total|orders_placed_total|oco_children_created_total)' | sort
curl -s "$1/ready"
curl -s "$1/debug/supervisor/status"
