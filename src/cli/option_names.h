/* The library's words in the command line's language. */
#ifndef CLSTEP_CLI_OPTION_NAMES_H
#define CLSTEP_CLI_OPTION_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/* Copies a message of the library, cut to `size`, with the option in place of each argument that
 * the program takes as one: "options.vector_width" becomes "--vector-width". So do the fields of a
 * rule, "rho" for one, `with_fields`: where the message is of arguments, not of a file. What stands
 * in quotes is left as it is. */
void option_names_copy(const char *message, bool with_fields, char *to, size_t size);

/* The name of an option for a field of a rule: "weight-decay" for "weight_decay". Cut to `size`. */
void option_name_of_field(const char *field, char *name, size_t size);

#endif
