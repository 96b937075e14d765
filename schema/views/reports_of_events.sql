-- one row per reports: with the latest day of publication and the bounds of the event
SELECT
  r.event_id, r.source_id, r.stance, e.extent, e.status,
  COALESCE(s.published_end, DATE '2100-12-31') AS published_by,
  COALESCE(e.date_start, DATE '1900-01-01') AS starts
FROM reports AS r
JOIN sources AS s ON r.source_id = s.source_id
JOIN events AS e ON r.event_id = e.event_id
