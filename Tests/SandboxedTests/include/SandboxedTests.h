// Has nothing to call: a test program that this target is linked into has workers.
#pragma once
