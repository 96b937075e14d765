-- one row per publisher_affiliations
SELECT publisher_id, affiliation, start_edtf, end_edtf FROM publisher_affiliations
