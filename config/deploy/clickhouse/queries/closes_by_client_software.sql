-- Which client software breaks rules, or ends without a Close?
SELECT user_agent, count() AS connections, countIf(close_clean = 0) AS unclean,
    countIf(violation_count > 0) AS with_violations
FROM lastframe.records FINAL
WHERE event IN ('session_end', 'handshake_failed') AND time >= now() - 86400
GROUP BY user_agent
ORDER BY with_violations DESC, unclean DESC, connections DESC, user_agent
LIMIT 100
