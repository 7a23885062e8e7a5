-- Clients by how often they come and how often it ends badly: a loop of reconnects stands at the top.
SELECT client_ip, count() AS connections, countIf(close_clean = 0) AS unclean,
    countIf(duration_s < 5) AS shorter_than_5_s, uniqExact(instance) AS instances
FROM lastframe.records FINAL
WHERE event NOT IN ('mass_close', 'violation') AND time >= now() - 86400
GROUP BY client_ip
ORDER BY connections DESC, client_ip
LIMIT 100
