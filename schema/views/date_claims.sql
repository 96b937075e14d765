-- one row per claims: those that state a date
SELECT event_id, source_id, voice, property, subject, value, value_raw FROM claims WHERE property = 'date'
