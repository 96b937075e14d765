-- one row per sources: with its origins, three steps back
SELECT
  s.source_id, s.published_edtf, s.published_start, s.published_end, s.accessed_date,
  COALESCE(s.published_start, DATE '1900-01-01') AS published_from,
  g.is_copy,
  CASE WHEN s.origin_source_id IS NULL AND s.origin_publisher_id IS NULL THEN false ELSE true END AS has_origin,
  CASE WHEN s.origin_basis IS NULL THEN false ELSE true END AS has_basis,
  COALESCE(q.origin_source_id, 'none') AS origin_3
FROM sources AS s
JOIN genres AS g ON s.genre = g.code
LEFT JOIN sources AS o ON s.origin_source_id = o.source_id
LEFT JOIN sources AS q ON o.origin_source_id = q.source_id
