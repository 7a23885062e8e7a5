-- Idle time-outs: the same silence, to the second, before many ends. A hop that all machines share
-- shows on all of them, one machine's setting on that one alone.
SELECT upstream, close_initiator AS initiator, round(idle_s) AS idle_seconds, count() AS connections,
    uniqExact(instance) AS instances
FROM
(
    SELECT upstream, close_initiator, instance,
        if(ifNull(traffic_client_to_server_idle_s, 1e9) < ifNull(traffic_server_to_client_idle_s, 1e9),
           ifNull(traffic_client_to_server_idle_s, 1e9),
           ifNull(traffic_server_to_client_idle_s, 1e9)) AS idle_s
    FROM lastframe.records FINAL
    WHERE event = 'session_end' AND close_clean = 0 AND time >= now() - 86400
)
WHERE idle_s >= 5 AND idle_s < 1e9
GROUP BY upstream, initiator, idle_seconds
HAVING connections >= 3
ORDER BY connections DESC, upstream, initiator, idle_seconds
