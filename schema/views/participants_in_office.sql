-- one row per participants: the actor, his office and tenure, and the event with its venue, without open ends
SELECT
  p.event_id, p.actor_id, p.role, p.side, p.presence, p.office_id, p.tenure_id,
  a.actor_type, r.is_active, r.actor_types,
  COALESCE(p.office_id, 'none') AS office,
  COALESCE(p.tenure_id, 'none') AS tenure,
  COALESCE(t.actor_id, 'none') AS tenure_actor,
  COALESCE(t.office_id, 'none') AS tenure_office,
  COALESCE(t.start_earliest, DATE '1900-01-01') AS tenure_starts,
  COALESCE(t.end_latest, DATE '2100-12-31') AS tenure_ends,
  COALESCE(b.side, a.side) AS body_side,
  COALESCE(a.valid_from, DATE '1900-01-01') AS valid_from,
  COALESCE(a.valid_to, DATE '2100-12-31') AS valid_to,
  COALESCE(e.date_start, DATE '1900-01-01') AS starts,
  COALESCE(e.date_end, DATE '2100-12-31') AS ends,
  COALESCE(a.country, 'none') AS actor_country,
  COALESCE(v.country, 'none') AS venue_country,
  COALESCE(v.place_type, 'none') AS venue_type,
  COALESCE(s.n_signings, 0) AS n_signings
FROM participants AS p
JOIN events AS e ON p.event_id = e.event_id
JOIN actors AS a ON p.actor_id = a.actor_id
JOIN roles AS r ON p.role = r.code
LEFT JOIN tenures AS t ON p.tenure_id = t.tenure_id
LEFT JOIN offices AS o ON p.office_id = o.office_id
LEFT JOIN actors AS b ON o.body_actor_id = b.actor_id
LEFT JOIN places AS v ON e.place_id = v.place_id
LEFT JOIN (
  SELECT event_id, COUNT(*) AS n_signings FROM event_acts WHERE act = 'signing' GROUP BY event_id
) AS s ON p.event_id = s.event_id
