-- one row per offices: with the country of its body
SELECT o.office_id, COALESCE(o.country, 'none') AS country, COALESCE(b.country, 'none') AS body_country
FROM offices AS o
JOIN actors AS b ON o.body_actor_id = b.actor_id
