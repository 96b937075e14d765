-- one row per events: its bounds without open ends, its whole's, its reports and the newest day in the records
SELECT
  e.event_id, e.event_type, e.inclusion, e.extent, e.status, e.date_edtf, e.date_start, e.date_end, e.date_precision,
  e.part_of_event_id, e.episode_id, e.n_articles,
  COALESCE(e.date_start, DATE '1900-01-01') AS starts,
  COALESCE(e.date_end, DATE '2100-12-31') AS ends,
  COALESCE(w.date_start, DATE '1900-01-01') AS whole_starts,
  COALESCE(w.date_end, DATE '2100-12-31') AS whole_ends,
  COALESCE(w.part_of_event_id, 'none') AS whole_part_of,
  COALESCE(w.episode_id, e.event_id) AS whole_episode_id,
  COALESCE(r.n_reports, 0) AS n_reports,
  COALESCE(r.n_not_previews, 0) AS n_not_previews,
  COALESCE(p.n_on_sides, 0) AS n_on_sides,
  COALESCE(p.n_named, 0) AS n_named,
  COALESCE(a.best_rank, 0) AS best_rank,
  t.rank AS type_rank,
  CASE WHEN pl.place_type IS NULL OR pl.place_type = 'country' THEN false ELSE true END AS placed,
  n.as_of
FROM events AS e
LEFT JOIN events AS w ON e.part_of_event_id = w.event_id
LEFT JOIN acts AS t ON e.event_type = t.code
LEFT JOIN places AS pl ON e.place_id = pl.place_id
LEFT JOIN (
  SELECT event_id, COUNT(*) AS n_reports, SUM(CASE WHEN stance = 'previews' THEN 0 ELSE 1 END) AS n_not_previews
  FROM reports GROUP BY event_id
) AS r ON e.event_id = r.event_id
LEFT JOIN (
  SELECT event_id, COUNT(*) AS n_named, SUM(CASE WHEN side IN ('none', 'third') THEN 0 ELSE 1 END) AS n_on_sides
  FROM participants GROUP BY event_id
) AS p ON e.event_id = p.event_id
LEFT JOIN (
  SELECT x.event_id, MIN(k.rank) AS best_rank FROM event_acts AS x JOIN acts AS k ON x.act = k.code GROUP BY x.event_id
) AS a ON e.event_id = a.event_id
CROSS JOIN (SELECT MAX(accessed_date) AS as_of FROM sources) AS n
