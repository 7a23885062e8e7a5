-- Closes by cause and by the version of the server that answered, hour by hour: what changed with
-- the last deploy?
SELECT toStartOfHour(time) AS hour, handshake_server AS server, cause_id AS cause, count() AS connections
FROM lastframe.records FINAL
WHERE event NOT IN ('mass_close', 'violation') AND time >= now() - 86400
GROUP BY hour, server, cause
ORDER BY hour, connections DESC, server, cause
