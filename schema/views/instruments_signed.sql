-- one row per instruments
SELECT instrument_id, signed_edtf FROM instruments
