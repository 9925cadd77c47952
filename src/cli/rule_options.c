/* Options of a rule, made of the library's table of fields: "weight_decay" is --weight-decay. */
#include "cli/rule_options.h"

#include "cli/closest.h"
#include "cli/option_names.h"
#include "cli/rule_text.h"
#include "cli/terminal.h"

#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

/* Places in rule_choice.texts; fields follow in the library's order. */
enum { RULE, PRESET, FIRST_FIELD };

enum { OWN_MAX = 48, NAME_MAX_LENGTH = 40 };

const struct option *rule_options(const struct option *own)
{
    static struct option all[OWN_MAX + RULE_OPTION_COUNT + 1];
    static char names[RULE_OPTION_COUNT][NAME_MAX_LENGTH];
    size_t count = 0;
    for (; own[count].name && count < OWN_MAX; count++)
        all[count] = own[count];
    all[count++] = (struct option){"rule", required_argument, NULL, RULE_OPTION_VALUE + RULE};
    all[count++] = (struct option){"preset", required_argument, NULL, RULE_OPTION_VALUE + PRESET};
    const clstep_field_info *field;
    for (int i = 0; i < RULE_OPTION_COUNT - FIRST_FIELD && (field = clstep_rule_field((size_t)i));
         i++) {
        option_name_of_field(field->name, names[i], NAME_MAX_LENGTH);
        all[count++] = (struct option){
            names[i], field->kind == CLSTEP_FIELD_SWITCH ? optional_argument : required_argument,
            NULL, RULE_OPTION_VALUE + FIRST_FIELD + i};
    }
    all[count] = (struct option){0};
    return all;
}

bool rule_option(int option, const char *argument, rule_choice *choice)
{
    const int index = option - RULE_OPTION_VALUE;
    if (index < 0 || index >= RULE_OPTION_COUNT)
        return false;
    choice->texts[index] = argument ? argument : "yes";
    return true;
}

/* ---- what was given */

const char *rule_option_given(const rule_choice *choice)
{
    static char name[NAME_MAX_LENGTH];
    if (choice->texts[RULE] || choice->texts[PRESET])
        return choice->texts[RULE] ? "rule" : "preset";
    const clstep_field_info *field;
    for (size_t i = 0; (field = clstep_rule_field(i)); i++) {
        if (choice->texts[FIRST_FIELD + i]) {
            option_name_of_field(field->name, name, NAME_MAX_LENGTH);
            return name;
        }
    }
    return NULL;
}

const char *rule_option_text(const rule_choice *choice, const char *name)
{
    if (strcmp(name, "rule") == 0 || strcmp(name, "preset") == 0)
        return choice->texts[strcmp(name, "rule") == 0 ? RULE : PRESET];
    const clstep_field_info *field;
    for (size_t i = 0; (field = clstep_rule_field(i)); i++) {
        if (strcmp(field->name, name) == 0)
            return choice->texts[FIRST_FIELD + i];
    }
    return NULL;
}

/* ---- the preset */

/* The rules' names, the last after `last`; at most `size` characters. */
static void list_rules(const char *last, char *text, size_t size)
{
    size_t length = 0;
    const clstep_rule_info *kind;
    for (size_t i = 0; (kind = clstep_rule_kind(i)) && length < size; i++) {
        const char *separator = i == 0 ? "" : clstep_rule_kind(i + 1) ? ", " : last;
        length += (size_t)snprintf(text + length, size - length, "%s%s", separator, kind->name);
    }
}

/* Whether --rule takes this name, and which preset it selects. It takes the names of rules. If a
 * rule's first preset has the rule's name, it takes the rule's other presets too: "adamw", a preset
 * of "adam". */
static bool find_rule(const char *name, const char **preset)
{
    const clstep_rule_info *kind;
    for (size_t i = 0; (kind = clstep_rule_kind(i)); i++) {
        *preset = kind->preset;
        if (strcmp(kind->name, name) == 0)
            return true;
    }
    clstep_rule rule = CLSTEP_RULE_INIT;
    *preset = name;
    if (clstep_rule_preset(&rule, name) != CLSTEP_OK)
        return false;
    for (size_t i = 0; (kind = clstep_rule_kind(i)); i++) {
        if (strcmp(kind->name, clstep_rule_name(&rule)) == 0)
            return strcmp(kind->preset, kind->name) == 0;
    }
    return false;
}

int rule_preset(const char *name, clstep_rule *rule)
{
    *rule = (clstep_rule)CLSTEP_RULE_INIT;
    if (clstep_rule_preset(rule, name) == CLSTEP_OK)
        return EXIT_OK;
    closest search = closest_to(name);
    const clstep_preset_info *preset;
    for (size_t i = 0; (preset = clstep_preset(i)); i++)
        closest_try(&search, preset->name);
    return complain(EXIT_USAGE, "there is no preset \"%s\"%s; clstep presets lists them", name,
                    closest_text(&search, ""));
}

int rule_choose_preset(const rule_choice *choice, const char **preset)
{
    const char *rule = choice->texts[RULE];
    *preset = choice->texts[PRESET];
    if (!rule)
        return EXIT_OK;
    if (*preset)
        return complain(EXIT_USAGE, "give either --rule or --preset, not both");
    if (find_rule(rule, preset))
        return EXIT_OK;
    closest search = closest_to(rule);
    const clstep_rule_info *kind;
    for (size_t i = 0; (kind = clstep_rule_kind(i)); i++)
        closest_try(&search, kind->name);
    char names[512];
    list_rules(" and ", names, sizeof names);
    return complain(EXIT_USAGE, "there is no rule \"%s\"%s; there are %s (--preset takes more)",
                    rule, closest_text(&search, ""), names);
}

/* ---- the fields */

/* Whether the words are equal but for case, and "-" for "_". */
static bool is_word(const char *text, const char *word)
{
    for (; *text && *word; text++, word++) {
        const int given = *text == '-' ? '_' : tolower((unsigned char)*text);
        if (given != tolower((unsigned char)*word))
            return false;
    }
    return *text == *word;
}

/* "L2, decoupled or decoupled-without-lr" */
static void list_words(const char *const *words, char *text, size_t size)
{
    size_t length = 0;
    for (size_t i = 0; words[i] && length < size; i++) {
        char name[NAME_MAX_LENGTH];
        option_name_of_field(words[i], name, NAME_MAX_LENGTH);
        length += (size_t)snprintf(text + length, size - length, "%s%s",
                                   i == 0         ? ""
                                   : words[i + 1] ? ", "
                                                  : " or ",
                                   name);
    }
}

static int read_word(const char *text, const clstep_field_info *field, const char *option,
                     int32_t *value)
{
    static const char *const switches[] = {"no", "yes", NULL};
    const bool is_switch = field->kind == CLSTEP_FIELD_SWITCH;
    const char *const *words = is_switch ? switches : field->words;
    for (*value = 0; words[*value]; (*value)++) {
        if (is_word(text, words[*value]))
            return EXIT_OK;
    }
    char known[128] = "=yes or =no";
    if (!is_switch)
        list_words(words, known, sizeof known);
    closest search = closest_to(text);
    for (size_t i = 0; words[i]; i++)
        closest_try(&search, words[i]);
    return complain(EXIT_USAGE, "--%s takes %s, not '%s'%s", option, known, text,
                    closest_text(&search, ""));
}

static int read_field(const char *text, const clstep_field_info *field, clstep_rule *rule)
{
    char option[NAME_MAX_LENGTH];
    char *at = (char *)rule + field->offset;
    option_name_of_field(field->name, option, NAME_MAX_LENGTH);
    double number = 0;
    int32_t value = 0;
    int code = field->kind == CLSTEP_FIELD_NUMBER ? take_number(option, text, &number)
                                                  : read_word(text, field, option, &value);
    if (code != EXIT_OK)
        return code;
    if ((number != 0 || value != 0) && !clstep_rule_has(rule, field->name))
        return complain(EXIT_USAGE, "%s has no %s; leave out --%s", rule_title(rule), option,
                        option);
    if (field->kind == CLSTEP_FIELD_NUMBER)
        memcpy(at, &number, sizeof number);
    else
        memcpy(at, &value, sizeof value);
    return EXIT_OK;
}

/* Options that only say how another one acts. */
static int check_effect(const rule_choice *choice, const clstep_rule *rule)
{
    const struct {
        const char *field, *needed;
        bool is_on;
    } pairs[] = {{"decay", "weight-decay", rule->weight_decay > 0},
                 {"variance", "centered", rule->centered != 0},
                 {"dampening", "momentum", rule->momentum > 0},
                 {"lr_in_momentum", "momentum", rule->momentum > 0}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        char option[NAME_MAX_LENGTH];
        option_name_of_field(pairs[i].field, option, NAME_MAX_LENGTH);
        if (rule_option_text(choice, pairs[i].field) && !pairs[i].is_on)
            return complain(EXIT_USAGE,
                            "--%s changes nothing without --%s; give --%s too, or leave out --%s",
                            option, pairs[i].needed, pairs[i].needed, option);
    }
    return EXIT_OK;
}

int rule_choose(const rule_choice *choice, const clstep_rule *base, clstep_rule *rule)
{
    const char *preset;
    int code = rule_choose_preset(choice, &preset);
    if (code != EXIT_OK)
        return code;
    if (base && !preset)
        *rule = *base;
    else
        code = rule_preset(preset ? preset : "hinton", rule);
    const clstep_field_info *field;
    for (size_t i = 0; code == EXIT_OK && (field = clstep_rule_field(i)); i++) {
        if (choice->texts[FIRST_FIELD + i])
            code = read_field(choice->texts[FIRST_FIELD + i], field, rule);
    }
    if (code != EXIT_OK)
        return code;
    clstep_status status = clstep_rule_validate(rule);
    return status == CLSTEP_OK ? check_effect(choice, rule) : complain_status(status);
}

/* ---- help */

enum { INDENT = 21 };

/* All options of a kind in a few lines: "  --lr X  --rho X" */
static void print_names(clstep_field_kind kind, const char *after)
{
    size_t column = 0;
    const clstep_field_info *field;
    for (size_t i = 0; (field = clstep_rule_field(i)); i++) {
        if (field->kind != kind)
            continue;
        char name[NAME_MAX_LENGTH];
        option_name_of_field(field->name, name, NAME_MAX_LENGTH);
        const size_t length = strlen("  --") + strlen(name) + strlen(after);
        if (column > 0 && column + length > TERMINAL_COLUMNS_USUAL) {
            putchar('\n');
            column = 0;
        }
        printf("  --%s%s", name, after);
        column += length;
    }
    putchar('\n');
}

/* "sgd, adam or rmsprop: takes the preset of that name (rmsprop: hinton)" */
static void print_rules(void)
{
    char text[1024];
    list_rules(" or ", text, sizeof text);
    size_t length = strlen(text);
    length +=
        (size_t)snprintf(text + length, sizeof text - length, ": takes the preset of that name");
    const clstep_rule_info *kind;
    for (size_t i = 0; (kind = clstep_rule_kind(i)) && length < sizeof text; i++) {
        if (strcmp(kind->preset, kind->name) != 0)
            length += (size_t)snprintf(text + length, sizeof text - length, " (%s: %s)", kind->name,
                                       kind->preset);
    }
    printf("  %-*s", INDENT - 2, "--rule NAME");
    print_wrapped(text, INDENT, INDENT, TERMINAL_COLUMNS_USUAL);
}

/* What a choice decides, in front of its words. */
static const char *choice_about(const char *field)
{
    if (strcmp(field, "variance") == 0)
        return "how a centred rule computes the variance: ";
    if (strcmp(field, "clip") == 0)
        return "clips gradients first, with --clip-bound: ";
    return strcmp(field, "decay") == 0 ? "how weight decay acts: " : "";
}

static void print_options(void)
{
    char text[512];
    print_rules();
    printf("  %-*s%s\n", INDENT - 2, "--preset NAME", "any of those that clstep presets lists");
    print_names(CLSTEP_FIELD_NUMBER, " X");
    printf("%*sreplace the preset's numbers\n", INDENT, "");
    const clstep_field_info *field;
    for (size_t i = 0; (field = clstep_rule_field(i)); i++) {
        if (field->kind != CLSTEP_FIELD_CHOICE)
            continue;
        char name[NAME_MAX_LENGTH], option[NAME_MAX_LENGTH + 8];
        option_name_of_field(field->name, name, NAME_MAX_LENGTH);
        snprintf(option, sizeof option, "--%s KIND", name);
        const int about = snprintf(text, sizeof text, "%s", choice_about(field->name));
        list_words(field->words, text + about, sizeof text - (size_t)about);
        printf("  %-*s", INDENT - 2, option);
        print_wrapped(text, INDENT, INDENT, TERMINAL_COLUMNS_USUAL);
    }
    print_names(CLSTEP_FIELD_SWITCH, "");
    printf("%*sswitches: alone or with =yes they turn on, with =no off\n", INDENT, "");
}

void rule_options_help(const char *text)
{
    for (const char *mark; (mark = strstr(text, RULE_OPTIONS_HELP)); text = mark + 1) {
        printf("%.*s", (int)(mark - text), text);
        print_options();
    }
    fputs(text, stdout);
}
