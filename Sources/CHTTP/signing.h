// Requests with a signature instead of a password.
#pragma once

#include "curl.h"

// Has libcurl sign the handle's request, and adds the headers that belong to it; without an x-amz-content-sha256 among
// them, that of no body. The handle copies what it needs, but for the headers. False when out of memory.
bool chttp_sign(CURL *easy, const chttp_signing *signing, struct curl_slist **headers);
