#pragma once

#include "api/internal/context.h"
#include "contract/incident.h"

// One function an operation; api/routes.cpp says which is which.
namespace selfheal::api {

Task<http::Response> list_incidents(Call call);
Task<http::Response> explain_incident(Call call);
Task<http::Response> show_incident(Call call);
Task<http::Response> search_memory(Call call);
Task<http::Response> show_evidence(Call call);
Task<http::Response> show_history(Call call);
Task<http::Response> show_similar(Call call);
// What resembles the incident, for its page: never an error, because the page is worth more than this.
asio::awaitable<std::vector<contract::SimilarCase>> similar_for_page(Call call, IncidentNumber number);
Task<http::Response> show_timeline(Call call);
Task<http::Response> word_explanation(Call call);

Task<http::Response> approve_incident(Call call);
Task<http::Response> mute_incident(Call call);
Task<http::Response> note_incident(Call call);
Task<http::Response> reconsider_incident(Call call);
Task<http::Response> refuse_incident(Call call);
Task<http::Response> resolve_incident(Call call);
Task<http::Response> take_incident(Call call);

Task<http::Response> report_errors(Call call);

Task<http::Response> run_sql(Call call);

Task<http::Response> ask(Call call, http::EventStream& stream);
Task<http::Response> create_chat(Call call);
Task<http::Response> list_chats(Call call);
Task<http::Response> remove_chat(Call call);
Task<http::Response> show_chat(Call call);
Task<http::Response> stop_run(Call call);

Task<http::Response> serve_mcp(Call call);

Task<http::Response> add_database(Call call);
Task<http::Response> examine_database(Call call);
Task<http::Response> list_databases(Call call);
Task<http::Response> remove_database(Call call);
Task<http::Response> show_database(Call call);
Task<http::Response> show_locks(Call call);

Task<http::Response> add_employee(Call call);
Task<http::Response> cause_trouble(Call call);
Task<http::Response> clear_up_sample(Call call);
Task<http::Response> list_employees(Call call);
Task<http::Response> show_sample(Call call);

Task<http::Response> add_person(Call call);
Task<http::Response> change_person(Call call);
Task<http::Response> invite_first(Call call);
Task<http::Response> invite_person(Call call);
Task<http::Response> list_people(Call call);
Task<http::Response> remove_person(Call call);
// Where a browser uses the token of a link; what stands behind # is never sent to a server.
std::string sign_in_page(const Options& options, const std::string& token);

Task<http::Response> invite(Call call);
Task<http::Response> show_session(Call call);
Task<http::Response> sign_in(Call call);
Task<http::Response> sign_out(Call call);

Task<http::Response> list_notification_channels(Call call);
Task<http::Response> list_notification_deliveries(Call call);
Task<http::Response> test_notification_channel(Call call);

Task<http::Response> list_policies(Call call);
Task<http::Response> pause_actions(Call call);
Task<http::Response> resume_actions(Call call);
Task<http::Response> set_policy(Call call);

Task<http::Response> list_audit(Call call);
Task<http::Response> verify_audit(Call call);

Task<http::Response> list_tables(Call call);
Task<http::Response> show_checks(Call call);
Task<http::Response> show_database_health(Call call);
Task<http::Response> show_health_history(Call call);
Task<http::Response> show_own_health(Call call);
Task<http::Response> show_statements(Call call);
Task<http::Response> show_table(Call call);

Task<http::Response> show_health(Call call);
Task<http::Response> show_metrics(Call call);
Task<http::Response> show_openapi(Call call);
Task<http::Response> show_readiness(Call call);
Task<http::Response> show_version(Call call);

}  // namespace selfheal::api
