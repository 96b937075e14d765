-- one row per event_links: with the bounds of both events
SELECT
  l.from_event_id, l.to_event_id, l.relation, r.is_later, COALESCE(l.locator, 'none') AS locator,
  COALESCE(a.date_end, DATE '2100-12-31') AS from_ends,
  COALESCE(b.date_start, DATE '1900-01-01') AS to_starts
FROM event_links AS l
JOIN relations AS r ON l.relation = r.code
JOIN events AS a ON l.from_event_id = a.event_id
JOIN events AS b ON l.to_event_id = b.event_id
