/* The library's words in the command line's language. */
#ifndef CLSTEP_CLI_OPTION_NAMES_H
#define CLSTEP_CLI_OPTION_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/* Copies a message of the library, cut to `size`, with the option in place of each argument that
 * the program takes as one: "options.vector_width" becomes "--vector-width". With
 * `with_fields` the fields of a rule are replaced too ("rho"): not if the message is about a file.
 * Text in quotes stays as it is. */
void option_names_copy(const char *message, bool with_fields, char *to, size_t size);

/* The name of an option for a field of a rule: "weight-decay" for "weight_decay". Cut to `size`. */
void option_name_of_field(const char *field, char *name, size_t size);

#endif
