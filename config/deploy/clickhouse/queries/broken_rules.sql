-- Broken rules, by who broke them and with which software on either side. `lastframe explain RULE`.
SELECT broken_rule, broken_by, user_agent, handshake_server AS server, count() AS times
FROM lastframe.records FINAL
ARRAY JOIN violations_id AS broken_rule, violations_side AS broken_by
WHERE event NOT IN ('mass_close', 'violation') AND time >= now() - 86400
GROUP BY broken_rule, broken_by, user_agent, server
ORDER BY times DESC, broken_rule, broken_by, user_agent, server
LIMIT 100
