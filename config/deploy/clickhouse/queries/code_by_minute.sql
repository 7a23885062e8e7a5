-- From the view: closes by code and minute, for a board.
SELECT minute, code, sum(closes) AS connections
FROM lastframe.closes_by_minute
WHERE minute >= now() - 86400
GROUP BY minute, code
ORDER BY minute, code
