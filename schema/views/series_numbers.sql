-- one row per events: how many others have its number in its series
SELECT e.event_id, COALESCE(n.n_same, 1) AS n_same,
  CASE WHEN e.series_number IS NULL OR e.series_id IS NOT NULL THEN true ELSE false END AS number_in_series
FROM events AS e
LEFT JOIN (
  SELECT series_id, series_number, COUNT(*) AS n_same FROM events WHERE series_number IS NOT NULL GROUP BY series_id, series_number
) AS n ON e.series_id = n.series_id AND e.series_number = n.series_number
