/* Wrong command lines: exit code 2, one sentence that names what is wrong, no file. */
#include "child.h"
#include "folder.h"
#include "images.h"
#include "suites.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *line;
    const char *said;
} cases[] = {
    {"extra", "options only, not \"extra\""},
    {"--epochs 1 extra", "options only, not \"extra\""},
    {"--no-such-option", "no option \"--no-such-option\""},
    {"-x", "no option \"-x\""},
    {"--lr", "--lr needs a value"},
    {"--compare=yes", "--compare takes no value"},
    {"--e 1", "\"--e\" may be any of 3 options"},
    {"--b 64", "\"--b\" may be any of 4 options"},
    {"--p x", "\"--p\" may be any of 3 options"},
    {"--rule rprop", "no rule \"rprop\""},
    {"--preset nonesuch", "nonesuch"},
    {"--rule adam --preset adam", "either --rule or --preset"},
    {"--lr -1", "lr is -1"},
    {"--lr fast", "--lr takes a finite number, not 'fast'"},
    {"--lr nan", "'nan'"},
    {"--lr inf", "'inf'"},
    {"--lr 1e", "'1e'"},
    {"--rho -1", "rho is -1"},
    {"--rho 1 --bias-correction", "with --bias-correction it must be below 1\n"},
    {"--eps -1", "eps is -1"},
    {"--momentum -1.5", "momentum is -1.5"},
    {"--rule adam --beta1 1", "beta1 is 1"},
    {"--rule adam --beta2 -0.5", "beta2 is -0.5"},
    {"--weight-decay -1", "--weight-decay is -1"},
    {"--variance difference", "leave out --variance"},
    {"--decay decoupled", "leave out --decay"},
    {"--rule sgd --dampening 0.5", "leave out --dampening"},
    {"--lr-in-momentum", "leave out --lr-in-momentum"},
    {"--centered --variance difference --state-dtype bf16", "give --variance recursion"},
    {"--rule sgd --state-dtype 8bit", "keeps no state; leave it out"},
    {"--rule sgd --rho 0.9", "rho"},
    {"--rule sgd --centered", "centered"},
    {"--nesterov", "nesterov"},
    {"--nesterov=maybe", "--nesterov takes =yes or =no, not 'maybe'"},
    {"--decay l3", "'l3'"},
    {"--schedule wavy", "--schedule takes constant"},
    {"--state-dtype fp16", "--state-dtype takes fp32, bf16 or 8bit, not 'fp16'"},
    {"--gamma 0.5", "--gamma goes with"},
    {"--period 10", "--period goes with"},
    {"--schedule step --final-lr 0", "--final-lr goes with"},
    {"--schedule step --gamma 0", "gamma"},
    {"--schedule step --period 0", "--period"},
    {"--final-lr -1", "--final-lr is -1"},
    {"--warmup -1", "--warmup"},
    {"--warmup 1000000",
     "--warmup 1000000 leaves no step for the schedule cosine: the run has 20;"},
    {"--warmup 20", "give a smaller --warmup, or more --epochs"},
    {"--schedule one-cycle --warmup 1", "warm"},
    {"--epochs 0", "--epochs"},
    {"--epochs 1.5", "'1.5'"},
    {"--batch 0", "--batch"},
    {"--batch 257", "more than the 256 training images"},
    {"--hidden 0", "--hidden"},
    {"--hidden 16385", "--hidden"},
    {"--hidden 99999999999999999999", "--hidden"},
    {"--hidden 8,", "--hidden"},
    {"--hidden 8,,8", "--hidden"},
    {"--hidden 8x", "--hidden"},
    {"--hidden 1,1,1,1,1,1,1,1,1", "--hidden"},
    {"--hidden 16384,16384", "parameters, more than"},
    {"--seed x", "--seed"},
    {"--seed -1", "--seed"},
    {"--plot @/curve.pdf", ".svg or .png"},
    {"--plot @/svg", ".svg or .png"},
    {"--csv @/same.svg --plot @/same.svg", "same file"},
    {"--csv @/same.svg --plot @/./same.svg", "same file"},
    {"--compare --sweep", "either --compare or --sweep"},
    {"--compare --lr 1", "leave out --lr"},
    {"--sweep --rule sgd", "leave out --rule"},
    {"--sweep --csv @/a.csv", "leave out --csv"},
    {"--sweep --plot @/a.svg", "leave out --plot"},
    {"--drift", "--drift has four rules and a task of its own; leave out --data"},
    {"--valley", "leave out --data"},
    {"--compare --drift", "either --compare or --drift"},
    {"--drift --valley", "either --drift or --valley"},
    {"--drift --preset torch", "leave out --preset"},
    {"--valley --plot @/svg", "leave out --data"},
};

START_TEST(refuses)
{
    char folder[FOLDER_PATH], before[FOLDER_LISTING], after[FOLDER_LISTING], line[512];
    child result;
    folder_create(folder);
    images_write(folder);
    folder_list(folder, before);
    snprintf(line, sizeof line, "train --data @ %s", cases[_i].line);
    child_run(&result, folder, NULL, line);
    folder_list(folder, after);
    ck_assert_msg(result.code == 2, "%s: exit code %d, %s", line, result.code, result.err);
    ck_assert_msg(strstr(result.err, cases[_i].said), "%s: said %s", line, result.err);
    ck_assert_msg(strncmp(result.err, "clstep: ", 8) == 0, "%s: said %s", line, result.err);
    ck_assert_msg(strchr(result.err, '\n') == strrchr(result.err, '\n'), "%s: said %s", line,
                  result.err);
    ck_assert_str_eq(result.out, "");
    ck_assert_str_eq(before, after);
}
END_TEST

START_TEST(helps)
{
    child result;
    child_run(&result, "", NULL, "train --help");
    ck_assert_int_eq(result.code, 0);
    ck_assert_str_eq(result.err, "");
    ck_assert_ptr_nonnull(strstr(result.out, "usage: clstep train"));
    ck_assert_ptr_nonnull(strstr(result.out, "--weight-decay"));
}
END_TEST

Suite *train_usage_suite(void)
{
    Suite *suite = suite_create("train: usage");
    TCase *tests = tcase_create("usage");
    tcase_add_loop_test(tests, refuses, 0, sizeof cases / sizeof *cases);
    tcase_add_test(tests, helps);
    suite_add_tcase(suite, tests);
    return suite;
}
