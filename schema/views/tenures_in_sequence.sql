-- one row per tenures: its holder and body, and the start of the next stated, non-acting tenure of the same office
SELECT
  t.tenure_id, t.tenure_basis, t.start_edtf, t.end_edtf, t.start_earliest, t.start_latest, t.end_earliest, t.end_latest,
  COALESCE(t.source_id, 'none') AS source,
  COALESCE(t.start_earliest, DATE '1900-01-01') AS starts,
  COALESCE(t.end_latest, DATE '2100-12-31') AS ends,
  CASE WHEN t.end_earliest IS NOT NULL THEN t.end_earliest
       WHEN t.end_edtf IS NULL THEN DATE '2100-12-31' ELSE DATE '1900-01-01' END AS ends_no_sooner,
  COALESCE(n.next_starts, DATE '2100-12-31') AS next_starts,
  COALESCE(a.country, 'none') AS holder_country,
  COALESCE(b.country, 'none') AS body_country,
  a.actor_type
FROM tenures AS t
JOIN offices AS o ON t.office_id = o.office_id
JOIN actors AS a ON t.actor_id = a.actor_id
JOIN actors AS b ON o.body_actor_id = b.actor_id
LEFT JOIN (
  SELECT x.tenure_id, MIN(y.start_latest) AS next_starts
  FROM tenures AS x
  JOIN tenures AS y ON x.office_id = y.office_id
  JOIN offices AS z ON x.office_id = z.office_id
  WHERE z.single_holder AND NOT x.acting AND NOT y.acting AND x.tenure_basis = 'stated' AND y.tenure_basis = 'stated'
    AND x.tenure_id <> y.tenure_id AND x.start_latest <= y.start_latest
  GROUP BY x.tenure_id
) AS n ON t.tenure_id = n.tenure_id
