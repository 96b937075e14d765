-- one row per figures: with the status and extent of the event
SELECT
  f.event_id, f.measure, f.item, f.unit, f.figure_basis, f.is_counted, e.status,
  COALESCE(f.value_low, f.value_number, 0) AS low,
  COALESCE(f.value_high, f.value_number, 1e18) AS high,
  COALESCE(f.value_number, f.value_low, 0) AS middle
FROM figures AS f
JOIN events AS e ON f.event_id = e.event_id
