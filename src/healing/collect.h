#pragma once

#include "healing/playbooks/playbook.h"
#include "healing/ports.h"

namespace selfheal::healing {

// What the probes may ask about, from what the sighting names: constraint, table, schema, column, index, pid.
ProbeParameters parameters_of(const Sighting& sighting);

// Runs every probe that these playbooks want, each once, and adds the error itself and, when a playbook needs
// it, the flight recorder's minute. Never fails as a whole: an item says by itself that it failed.
asio::awaitable<Evidence> collect(std::vector<const Playbook*> playbooks, Sighting sighting,
                                  Recording recording, MonitoredDatabase& database, Clock& clock);

}  // namespace selfheal::healing
