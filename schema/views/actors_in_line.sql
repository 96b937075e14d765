-- one row per actors: with its parents, four steps up, its successor, and the publisher of the same identifier
SELECT
  a.actor_id, a.valid_from_edtf, a.valid_to_edtf, a.valid_from, a.valid_to, a.lineage_id, a.side,
  COALESCE(a.country, 'none') AS country,
  COALESCE(z.country, 'none') AS side_country,
  COALESCE(p4.parent_actor_id, 'none') AS ancestor_5,
  COALESCE(n.lineage_id, a.actor_id) AS successor_lineage,
  CASE WHEN b.publisher_id IS NULL THEN false ELSE true END AS is_publisher
FROM actors AS a
LEFT JOIN sides AS z ON a.side = z.code
LEFT JOIN actors AS p1 ON a.parent_actor_id = p1.actor_id
LEFT JOIN actors AS p2 ON p1.parent_actor_id = p2.actor_id
LEFT JOIN actors AS p3 ON p2.parent_actor_id = p3.actor_id
LEFT JOIN actors AS p4 ON p3.parent_actor_id = p4.actor_id
LEFT JOIN actors AS n ON a.succeeded_by_actor_id = n.actor_id
LEFT JOIN publishers AS b ON a.actor_id = b.publisher_id
