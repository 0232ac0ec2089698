// Plays a file of the folder `http` that calls `model`, which it may not: this must not link.
#include "model/error_class.h"

int main() { return selfheal::to_text(selfheal::Category::internal_or_corruption).empty() ? 1 : 0; }
