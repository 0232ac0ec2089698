// The words by which people ask about databases. A word may belong to several concepts.
#include "assistant/internal/question.h"

namespace selfheal::assistant::internal {
namespace {

// sorted
constexpr ConceptRow kConcepts[] = {
    {"approve", "approve apply accept confirm"},
    {"average", "average avg"},
    {"before",
     "before again earlier previously past history precedent happened_before seen_before last_time"},
    {"bloat", "bloat bloated dead vacuum vacuumed autovacuum analyzed autoanalyze garbage tuple", true},
    {"block",
     "block blocker blocked hold_up holding_up held_up hold stuck hang hung queue contention deadlock "
     "deadlocked "
     "wait waiter waiting freeze frozen obstruct"},
    {"change",
     "drop delete remove truncate vacuum reindex create add grant revoke increase decrease raise alter "
     "update insert rename reset modify upgrade roll_back rollback promote failover switch analyze "
     "archive lower"},
    {"code", "sqlstate code errcode"},
    {"column", "column field attribute", true},
    {"compare", "compare compared versus vs than"},
    {"connection", "connection connected connect client slot login logged_in pool", true},
    {"count", "how_many count number total amount row_count"},
    {"database",
     "database db postgres postgresql pg server instance cluster prod production system dbms rdbms", true},
    {"deadlock", "deadlock deadlocked", true},
    {"describe", "describe structure definition schema layout ddl"},
    {"disk", "disk space storage gigabyte megabyte gb mb"},
    {"done", "done did taken applied changed changes"},
    {"duplicate", "duplicate key serialization unique foreign_key"},
    {"evidence", "evidence proof prove proves proven"},
    {"explain", "explain describe tell meaning mean understand elaborate"},
    {"fail",
     "fail failure failed error exception crash crashed broke break abort aborted reject rejected refuse "
     "refused denied go_wrong went_wrong failing bounce"},
    {"fix", "fix repair heal cure remedy mend resolve unblock"},
    {"fixit", "fix_it"},
    {"greet", "hello hi hey greetings moin howdy"},
    {"happen", "happening going_on happened happen occur happens occurring"},
    {"health", "health healthy ok okay fine alright well sane unhealthy ill sick"},
    {"help",
     "help capability capabilities able usage commands what_can_you what_can_i who_are_you how_do_you_work "
     "what_kind_of_questions how_does_this_work what_do_you_know"},
    {"how", "how"},
    {"howto",
     "how_do_i how_to how_can_i how_can_we how_do_we how_should_i what_to_do what_should_i_do "
     "what_can_i_do_about should_i_do what_do_i_do how_do_you how_would_i"},
    {"idle", "idle", true},
    {"incident", "incident sh ticket case"},
    {"index", "index indexes indices", true},
    {"kill", "kill terminate cancel stop abort end restart reboot shutdown shut_down disconnect kick"},
    {"last", "last latest recent newest most_recent"},
    {"list", "show list display give print see view get enumerate fetch"},
    {"lock", "lock locked", true},
    {"long", "long longest"},
    {"many", "many_of_them"},
    {"more",
     "more less fewer increase increasing increased rise rising grow growing grew worse better worsen "
     "improving improve escalate often frequent frequently spreading going_up going_down up_or_down "
     "frequency rate"},
    {"open", "open unresolved active ongoing pending outstanding"},
    {"overview",
     "how_are_things status overview summary report state situation summarise_the_state attention"},
    {"prevent",
     "avoid prevent solve get_rid_of mitigate reduce handle deal_with fix repair resolve speed_up tune"},
    {"propose", "propose proposal suggest recommend recommendation"},
    {"query", "query statement sql select transaction", true},
    {"replication", "replication replica standby lag follower secondary streaming wal replicate", true},
    {"row", "row record entry entries tuple line", true},
    {"running", "running run active executing execute ongoing current_activity activity"},
    {"sample", "first some sample few any top example"},
    {"server", "watch watched monitored monitor version uptime"},
    {"session", "session pid backend process", true},
    {"setting", "setting config configuration parameter guc configured", true},
    {"similar", "similar alike like_this same resemble something_like comparable what_helped"},
    {"size", "size big bigger biggest large largest huge occupy footprint space disk storage"},
    {"slow",
     "slow slowest optimise optimize heaviest highest burn cpu slowly sluggish expensive heavy costly "
     "time_consuming "
     "takes_so_long take_so_long "
     "most_time "
     "time_going takes_long taking_long taking_so_long performance worst hog eats_time takes_the_most "
     "slowness performing"},
    {"table", "table relation", true},
    {"tables", "which_tables list_tables all_tables what_tables tables_are what_data the_schema show_tables"},
    {"treatment", "action treatment treat audit intervention remediation intervene healed fixes measure"},
    {"trend", "trend trending develop evolve over_time compared_to_yesterday last_week development"},
    {"trouble",
     "wrong problem issue trouble broken bad alert fire abnormal unusual weird strange down odd complain "
     "complaining paged incident concern worry worried feels_off red matter on_fire outage"},
    {"unused", "unused not_used useless redundant"},
    {"up", "up alive reachable running available"},
    {"what", "what which"},
    {"when", "when"},
    {"where", "where"},
    {"who", "who whom whose"},
    {"why", "why reason cause caused root_cause how_come because diagnosis explain what_happened behind_it"},
    {"write", "insert write save store update delete select read", true},
    {"yesterday", "yesterday last_week last_month"},
    {"you", "you your yourself selfheal u"},
};

}  // namespace

std::span<const ConceptRow> concepts() { return kConcepts; }

}  // namespace selfheal::assistant::internal
