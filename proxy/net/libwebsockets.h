// libwebsockets' header, which switches on its self-checks in our code unless NDEBUG is set.
#pragma once

#ifndef NDEBUG
#define LASTFRAME_UNDEF_NDEBUG
#define NDEBUG
#endif
#include <libwebsockets.h>
#ifdef LASTFRAME_UNDEF_NDEBUG
#undef NDEBUG
#undef LASTFRAME_UNDEF_NDEBUG
#endif
