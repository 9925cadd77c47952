/* Chooses the device that a command works on, and suggests a name where none is found. The
 * library decides which device is the best. */
#include "cli/choose_device.h"

#include "cli/closest.h"
#include "cli/command.h"

#include <stdlib.h>
#include <string.h>

enum { DEVICES_MAX = 16, WORDS_MAX = 32, WORD_SIZE = 64 };

/* Words of devices' names, which the search points to. */
typedef struct {
    char text[WORDS_MAX][WORD_SIZE];
    size_t count;
} word_list;

static void offer_words(closest *search, word_list *words, const char *name)
{
    static const char blanks[] = " ,()";
    while (*(name += strspn(name, blanks)) && words->count < WORDS_MAX) {
        const size_t length = strcspn(name, blanks);
        char *word = words->text[words->count];
        if (length < WORD_SIZE) {
            memcpy(word, name, length);
            word[length] = '\0';
            closest_try(search, word);
            words->count++;
        }
        name += length;
    }
}

static void offer_devices(closest *search, word_list *words)
{
    cl_device_id devices[DEVICES_MAX];
    size_t count = 0;
    if (clstep_devices(devices, DEVICES_MAX, &count) != CLSTEP_OK)
        return;
    for (size_t i = 0; i < count && i < DEVICES_MAX; i++) {
        clstep_device_info info = CLSTEP_DEVICE_INFO_INIT;
        if (clstep_device_describe(devices[i], &info) != CLSTEP_OK)
            continue;
        offer_words(search, words, info.platform_name);
        offer_words(search, words, info.name);
    }
}

int choose_device(cl_device_id *device, const char *wanted)
{
    const clstep_status status = clstep_device_choose(device, wanted);
    if (status == CLSTEP_OK)
        return EXIT_OK;
    if (status != CLSTEP_NO_DEVICE)
        return complain_status(status);
    char message[1024];
    strncpy(message, clstep_last_error()->message, sizeof message - 1);
    message[sizeof message - 1] = '\0';
    if (!wanted || !*wanted)
        wanted = getenv("CLSTEP_DEVICE");
    closest search = closest_to(wanted ? wanted : "");
    word_list words = {.count = 0};
    offer_devices(&search, &words);
    return complain(EXIT_FAILED, "%s%s", message, closest_text(&search, ""));
}
