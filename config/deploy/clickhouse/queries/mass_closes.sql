-- Mass closes across replicas, in windows of ten seconds: one proxy's own trouble, or an upstream
-- that all of them lost?
SELECT toDateTime(intDiv(toUInt32(time), 10) * 10) AS window, upstream,
    uniqExact(instance) AS instances, sum(closes) AS ended, max(without_close) AS most_without_close
FROM lastframe.records FINAL
WHERE event = 'mass_close' AND time >= now() - 86400
GROUP BY window, upstream
ORDER BY window, upstream
