// The user and the password in an http(s) address: workers are not to have them. Pure: no I/O, no clock.
#pragma once

// Takes them out of the address, if there are any.
void csb_hide_login(char *url);
// The address with those of another one, if it leads to the same scheme, host and port and has none itself. The caller's
// (`free`); NULL when out of memory.
char *csb_restore_login(const char *url, const char *whole);
