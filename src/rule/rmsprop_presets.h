/* RMSprop's presets, one for each framework. */
#ifndef CLSTEP_RULE_RMSPROP_PRESETS_H
#define CLSTEP_RULE_RMSPROP_PRESETS_H

#include "rule/descriptor.h"

enum { CLSTEP__RMSPROP_PRESETS = 20 };

extern const clstep__preset clstep__rmsprop_presets[CLSTEP__RMSPROP_PRESETS];

#endif
