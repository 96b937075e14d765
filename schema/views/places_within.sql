-- one row per places: with the place that contains it and its ancestors, six steps up
SELECT
  p.place_id,
  CASE WHEN p.latitude IS NULL THEN false ELSE true END AS has_latitude,
  CASE WHEN p.longitude IS NULL THEN false ELSE true END AS has_longitude,
  COALESCE(p.country, 'none') AS country,
  COALESCE(p1.country, p.country, 'none') AS parent_country,
  COALESCE(p5.parent_place_id, 'none') AS ancestor_6,
  p.geo_precision, k.geo_precision AS type_precision
FROM places AS p
JOIN place_types AS k ON p.place_type = k.code
LEFT JOIN places AS p1 ON p.parent_place_id = p1.place_id
LEFT JOIN places AS p2 ON p1.parent_place_id = p2.place_id
LEFT JOIN places AS p3 ON p2.parent_place_id = p3.place_id
LEFT JOIN places AS p4 ON p3.parent_place_id = p4.place_id
LEFT JOIN places AS p5 ON p4.parent_place_id = p5.place_id
