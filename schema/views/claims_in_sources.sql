-- one row per claims: with the source it stands in and whether its subject and value are such as its property has
SELECT
  c.event_id, c.source_id, c.voice, c.property, c.subject, c.value, c.value_raw, c.value_number, c.locator, c.char_start, c.char_end,
  COALESCE(c.speaker_type, 'none') AS speaker,
  COALESCE(c.char_start, 0) AS passage_starts,
  COALESCE(c.char_end, 1) AS passage_ends,
  CASE WHEN c.char_start IS NULL AND c.char_end IS NULL THEN true
       WHEN c.char_start IS NULL OR c.char_end IS NULL THEN false ELSE true END AS passage_whole,
  CASE WHEN c.char_start IS NULL THEN true WHEN s.text_sha256 IS NULL THEN false ELSE true END AS passage_in_known_text,
  COALESCE(s.text_length, 1000000000) AS text_length,
  k.value_type,
  CASE WHEN k.value_type <> 'reference' THEN true WHEN d.value IS NULL THEN false ELSE true END AS value_is_known,
  CASE WHEN k.subject_kind = 'event' THEN c.subject = c.event_id
       WHEN k.subject_kind = 'actor' THEN a.actor_id IS NOT NULL
       WHEN k.subject_kind = 'instrument' THEN i.instrument_id IS NOT NULL
       WHEN k.subject_kind = 'place_role' THEN r.code IS NOT NULL ELSE true END AS subject_is_known
FROM claims AS c
JOIN sources AS s ON c.source_id = s.source_id
JOIN properties AS k ON c.property = k.code
LEFT JOIN actors AS a ON c.subject = a.actor_id
LEFT JOIN instruments AS i ON c.subject = i.instrument_id
LEFT JOIN place_roles AS r ON c.subject = r.code
LEFT JOIN property_values AS d ON c.property = d.property AND c.value = d.value
