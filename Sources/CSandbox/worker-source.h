// Where the bytes of addresses come from, in a process without a network: another process is asked.
#pragma once

// From now on addresses are read over this socket.
void csb_fetch_over(int source);
