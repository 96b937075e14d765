-- one row per codes: whether its broader code is in the same list, and what is broader than that
SELECT
  c.code_list, c.code,
  CASE WHEN c.broader IS NULL OR b.code IS NOT NULL THEN true ELSE false END AS broader_is_known,
  COALESCE(b.broader, 'none') AS broader_2
FROM codes AS c
LEFT JOIN codes AS b ON c.code_list = b.code_list AND c.broader = b.code
