// Plays a file of the folder `http` that calls `base`, which it may.
#include "base/time.h"

int main() { return selfheal::to_rfc3339(selfheal::Time{}).empty() ? 1 : 0; }
