// Memory for pictures, which another process lends.
#pragma once

// From now on pictures are in memory that is borrowed over this socket.
void csb_borrow_over(int memory);
