-- Paths by the share of connections that did not end in order.
SELECT host, path, count() AS connections,
    countIf(event != 'session_end') AS never_opened,
    countIf(close_clean = 0) AS unclean,
    round(unclean / connections, 3) AS share
FROM lastframe.records FINAL
WHERE event NOT IN ('mass_close', 'violation') AND time >= now() - 86400
GROUP BY host, path
ORDER BY unclean DESC, connections DESC, host, path
LIMIT 100
