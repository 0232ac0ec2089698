-- Keeps a try to deliver.
INSERT INTO selfheal.notification_delivery (tenant, channel, incident, at, change, outcome, answer, attempt, took_us,
                                            notice)
SELECT $1::text, channel, incident, at, change, outcome, answer, attempt, took_us, notice
FROM json_populate_record(NULL::selfheal.notification_delivery, $2::json);
