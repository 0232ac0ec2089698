#pragma once

#include <memory>

#include "access/ports.h"
#include "assistant/ports.h"
#include "healing/ports.h"
#include "health/ports.h"
#include "memory/ports.h"
#include "notify/ports.h"
#include "store/administration.h"
#include "store/internal/context.h"
#include "store/reader.h"
#include "store/store.h"

// The makers of what a Store consists of, one file each. `context` must outlive what is made.
namespace selfheal::store {

std::unique_ptr<healing::IncidentBook> make_incident_book(const Context& context);
std::unique_ptr<healing::PolicyBook> make_policy_book(const Context& context);
std::unique_ptr<healing::CaseMemory> make_case_memory(const Context& context);
std::unique_ptr<memory::CaseRows> make_case_rows(const Context& context);
std::unique_ptr<healing::AuditTrail> make_audit_trail(const Context& context);
std::unique_ptr<BatchIntake> make_batch_intake(const Context& context);
std::unique_ptr<Reader> make_reader(const Context& context);
std::unique_ptr<Administration> make_administration(const Context& context);
std::unique_ptr<access::PeopleBook> make_people_book(const Context& context);
std::unique_ptr<assistant::ChatBook> make_chat_book(const Context& context);
std::unique_ptr<assistant::UsageBook> make_usage_book(const Context& context);
std::unique_ptr<notify::Outbox> make_outbox(const Context& context);
std::unique_ptr<notify::Mutes> make_mutes(const Context& context);
std::unique_ptr<health::HistoryBook> make_health_book(const Context& context);

}  // namespace selfheal::store
