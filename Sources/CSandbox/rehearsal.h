// What every worker does, done once before they are forked: names of functions are looked up in libraries and tables of
// decoders filled then, and not in each of them.
#pragma once

// Makes a small picture, decodes, scales and encodes it. Starts no thread.
void csb_rehearse(void);
