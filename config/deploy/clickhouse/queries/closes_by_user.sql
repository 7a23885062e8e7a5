-- Whose connections end badly, and most often of what? `user` is a keyed hash (privacy.user); the
-- same key on all proxies makes one user of it.
SELECT user, count() AS connections, countIf(close_clean = 0) AS unclean,
    uniqExact(instance) AS instances, uniqExact(cause_id) AS causes
FROM lastframe.records FINAL
WHERE user != '' AND time >= now() - 86400
GROUP BY user
ORDER BY unclean DESC, connections DESC, user
LIMIT 100
