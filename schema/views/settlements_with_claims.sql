-- one row per settlements: with the number of claims behind it
SELECT
  x.event_id, x.property, x.subject, x.settled_by, x.n_values, x.difference,
  COALESCE(x.reason, 'none') AS reason,
  COALESCE(c.n_claims, 0) AS n_claims
FROM settlements AS x
LEFT JOIN (
  SELECT event_id, property, subject, COUNT(*) AS n_claims FROM claims GROUP BY event_id, property, subject
) AS c ON x.event_id = c.event_id AND x.property = c.property AND x.subject = c.subject
