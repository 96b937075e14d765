-- one row per events: how many like it lie within three days, share half of the active participants and are not linked to it
SELECT e.event_id, COALESCE(n.n_near, 0) AS n_near
FROM events AS e
LEFT JOIN (
  SELECT s.event_id, COUNT(*) AS n_near
  FROM (
    SELECT a.event_id, b.event_id AS other_id, COUNT(*) AS n_shared
    FROM events AS a
    JOIN events AS b ON a.event_type = b.event_type
    JOIN events_flat AS fa ON a.event_id = fa.event_id
    JOIN events_flat AS fb ON b.event_id = fb.event_id
    JOIN (SELECT DISTINCT event_id, actor_id FROM participants JOIN roles ON participants.role = roles.code WHERE is_active) AS p
      ON a.event_id = p.event_id
    JOIN (SELECT DISTINCT event_id, actor_id FROM participants JOIN roles ON participants.role = roles.code WHERE is_active) AS q
      ON b.event_id = q.event_id AND p.actor_id = q.actor_id
    WHERE a.event_id < b.event_id
      AND a.extent = 'single' AND b.extent = 'single'
      AND fa.sides = fb.sides
      AND a.episode_id <> b.episode_id
      AND COALESCE(a.series_id, a.event_id) <> COALESCE(b.series_id, b.event_id)
      AND a.date_start <= b.date_start + INTERVAL 3 DAY AND b.date_start <= a.date_start + INTERVAL 3 DAY
      AND a.date_end <= b.date_end + INTERVAL 3 DAY AND b.date_end <= a.date_end + INTERVAL 3 DAY
    GROUP BY a.event_id, b.event_id
  ) AS s
  JOIN (
    SELECT event_id, COUNT(*) AS n_active
    FROM (SELECT DISTINCT event_id, actor_id FROM participants JOIN roles ON participants.role = roles.code WHERE is_active) AS d
    GROUP BY event_id
  ) AS m ON s.event_id = m.event_id
  LEFT JOIN event_links AS f ON s.event_id = f.from_event_id AND s.other_id = f.to_event_id
  LEFT JOIN event_links AS g ON s.other_id = g.from_event_id AND s.event_id = g.to_event_id
  WHERE 2 * s.n_shared >= m.n_active AND f.relation IS NULL AND g.relation IS NULL
  GROUP BY s.event_id
) AS n ON e.event_id = n.event_id
