-- Where messages are too large (1009), and between which sizes the limit must be: it is at most the
-- fewest bytes that a refused connection had sent.
SELECT upstream, close_initiator AS refused_by, count() AS connections,
    min(if(close_initiator = 'server', traffic_client_to_server_bytes,
           traffic_server_to_client_bytes)) AS fewest_bytes,
    uniqExact(instance) AS instances
FROM lastframe.records FINAL
WHERE event = 'session_end' AND close_code = 1009 AND time >= now() - 86400
GROUP BY upstream, refused_by
ORDER BY connections DESC, upstream, refused_by
