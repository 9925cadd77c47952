/* Prints each device and why one is chosen. The library finds, describes and chooses them. */
#include "cli/devices/devices.h"

#include "cli/choose_device.h"
#include "cli/command.h"
#include "cli/terminal.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static const char usage[] =
    "usage: clstep devices [--device D]\n"
    "\n"
    "Lists the OpenCL devices. The one marked * is used. --device D, or the\n"
    "environment variable CLSTEP_DEVICE, names another. D is an index, or a part of\n"
    "the device's platform, name or OpenCL version. A number is always an index.\n";

static const char *type_name(cl_device_type type)
{
    if (type & CL_DEVICE_TYPE_GPU)
        return "GPU";
    if (type & CL_DEVICE_TYPE_CPU)
        return "CPU";
    return type & CL_DEVICE_TYPE_ACCELERATOR ? "accelerator" : "custom device";
}

static const char margin[] = "       ";

/* The last line is what equal bits rest on. */
static void print_device(size_t index, int chosen, const clstep_device_info *info)
{
    char clock[32] = "", label[32];
    if (info->clock_mhz)
        snprintf(clock, sizeof clock, " at %u MHz", (unsigned)info->clock_mhz);
    snprintf(label, sizeof label, "%c %2zu  ", chosen ? '*' : ' ', index);
    print_labelled(label, "%s %s", info->platform_name, info->name);
    print_labelled(margin, "%s, %u compute unit%s%s, %.1f GiB, %s memory, fp32 vectors of %u",
                   type_name(info->type), (unsigned)info->compute_units,
                   plural(info->compute_units), clock, (double)info->global_memory / 1073741824.0,
                   info->unified_memory ? "the host's" : "its own",
                   (unsigned)(info->vector_width ? info->vector_width : 1));
    print_labelled(margin, "largest buffer %.1f GiB, %s, driver %s",
                   (double)info->max_allocation / 1073741824.0, info->device_version,
                   info->driver_version);
    print_labelled(margin, "fp32: %s divide and sqrt, %s, %s",
                   info->correctly_rounded ? "correctly rounded" : "approximate",
                   info->fused_multiply_add ? "fast fma" : "slow fma",
                   info->denormals ? "subnormals kept" : "subnormals may be flushed");
}

/* Why this one, in words that hold for it. */
static void print_reason(const char *wanted, size_t count, const clstep_device_info *info)
{
    const char *environment = getenv("CLSTEP_DEVICE");
    if (wanted && *wanted)
        printf("* is named by --device.\n");
    else if (environment && *environment)
        printf("* is named by CLSTEP_DEVICE.\n");
    else if (count == 1)
        printf("* is the only device.\n");
    else
        print_sentence("* is the best %s here (GPU before accelerator before CPU, then own memory, "
                       "then compute units times clock).",
                       type_name(info->type));
}

static int list(const char *wanted)
{
    cl_device_id chosen;
    int code = choose_device(&chosen, wanted);
    if (code != EXIT_OK)
        return code;
    size_t count = 0;
    clstep_status status = clstep_devices(NULL, 0, &count);
    cl_device_id *devices = calloc(count + 1, sizeof *devices);
    if (!devices)
        return complain_memory();
    const size_t capacity = count;
    if (status == CLSTEP_OK)
        status = clstep_devices(devices, capacity, &count);
    clstep_device_info reason = CLSTEP_DEVICE_INFO_INIT;
    for (size_t i = 0; status == CLSTEP_OK && i < count && i < capacity; i++) {
        clstep_device_info info = CLSTEP_DEVICE_INFO_INIT;
        status = clstep_device_describe(devices[i], &info);
        if (status != CLSTEP_OK)
            break;
        print_device(i, devices[i] == chosen, &info);
        if (devices[i] == chosen)
            reason = info;
    }
    free(devices);
    if (status != CLSTEP_OK)
        return complain_status(status);
    print_reason(wanted, count, &reason);
    return EXIT_OK;
}

int command_devices(int argc, char **argv)
{
    static const struct option options[] = {
        {"device", required_argument, NULL, 'd'}, {"help", no_argument, NULL, 'h'}, {0}};
    const char *wanted = NULL;
    int option;
    while ((option = next_option(argc, argv, options)) != -1) {
        if (option == 'h') {
            fputs(usage, stdout);
            return EXIT_OK;
        }
        if (option != 'd')
            return EXIT_USAGE;
        wanted = optarg;
    }
    return list(wanted);
}
