/* The version of the library, from the public header. */
#include <clstep/clstep.h>

int clstep_version(void)
{
    return CLSTEP_VERSION;
}

#define TEXT_OF(number)                   #number
#define VERSION_TEXT(major, minor, patch) TEXT_OF(major) "." TEXT_OF(minor) "." TEXT_OF(patch)

const char *clstep_version_text(void)
{
    return VERSION_TEXT(CLSTEP_VERSION_MAJOR, CLSTEP_VERSION_MINOR, CLSTEP_VERSION_PATCH);
}
