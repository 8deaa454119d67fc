/// Acts that reach for what is outside: files, other processes' memory, networks.
#pragma once

#include "acts.h"

act open_a_file, make_a_file, list_a_folder, read_own_status, read_environment, read_memory, read_memory_across,
    connect_over_tcp, send_over_udp, listen_over_tcp, listen_without_a_port, connect_to_abstract_socket,
    make_a_raw_socket, make_a_close_wait, make_a_close_wait_by_wide_numbers, tune_a_socket;
