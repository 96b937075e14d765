-- one row per topics: with the topic that contains the one that contains it
SELECT t.topic_id, COALESCE(b.broader_topic_id, 'none') AS broader_2
FROM topics AS t
LEFT JOIN topics AS b ON t.broader_topic_id = b.topic_id
