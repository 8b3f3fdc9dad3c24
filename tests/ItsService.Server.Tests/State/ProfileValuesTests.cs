using System.Reflection;
using ItsService.Core;
using ItsService.Core.Identifiers;
using ItsService.Core.Profiles;
using ItsService.Core.Registers;
using ItsService.Server.Errors;
using ItsService.Server.State;

namespace ItsService.Server.Tests.State;

/// <summary>The values of a profile in a saved state: names and texts stay, and what comes later has a past.</summary>
public class ProfileValuesTests
{
    private static readonly VirtualGicConfiguration Vm = new() { Affinities = [new Affinity(0)] };

    /// <summary>As the first release has saved them: nothing here may ever change.</summary>
    private static readonly string[] FirstNames =
    [
        "gits_iidr", "reported_itt_entry_bytes", "event_id_bits", "device_id_bits", "collection_id_bits",
        "reports_collection_id_bits", "physical_target_addresses", "hardware_collections", "device_baser_reset",
        "collection_baser_reset", "page_sizes", "two_level_collection_table", "attribute_policy",
        "enable_needs_valid_tables", "cbaser_clears_cwriter", "keeps_out_of_range_cwriter",
        "any_cwriter_write_retries", "mapc_moves_pending", "has_status_register", "records_unmapped_messages",
        "command_error_policy", "mapti_needs_configuration", "mapti_needs_pending_table", "gits_identification",
        "gicr_iidr", "common_lpi_aff", "reports_aff3", "last_in_each_region", "shared_propbaser", "lpi_baser_reset",
        "invalidate_registers", "direct_lpis", "has_waker", "gicr_identification", "gicd_iidr", "int_id_bits",
        "int_id_lines", "gicd_typer_fixed", "has_group0_enable", "gicd_statusr", "priority_mask",
        "gicd_identification", "priority_bits", "icc_aff3_valid",
    ];

    [Fact]
    public void Names_of_the_first_release_stay_and_later_ones_tell_what_was_before_them()
    {
        Assert.Equal(
            FirstNames, ProfileValues.All.Where(value => value.WhenAbsent is null).Select(value => value.Name));
        Assert.Equal(ProfileValues.All.Count, ProfileValues.All.Select(value => value.Name).Distinct().Count());
    }

    [Fact]
    public void Every_property_of_a_profile_has_its_value()
    {
        var properties = typeof(GicProfile).GetProperties(BindingFlags.Public | BindingFlags.Instance);

        Assert.Equal(properties.Length - 1, ProfileValues.All.Count);
        Assert.Equal(nameof(GicProfile.Name), Assert.Single(properties, property => property.Name == "Name").Name);
    }

    [Theory]
    [InlineData("page_sizes", "FourKiB, SixtyFourKiB")]
    [InlineData("attribute_policy", "KeepAll")]
    [InlineData("command_error_policy", "StallOnMemoryError")]
    [InlineData("gits_iidr", "0x43B")]
    [InlineData("event_id_bits", "12")]
    [InlineData("direct_lpis", "true")]
    [InlineData("gits_identification", "01 00 00 00 02 03 04 00 0D F0 05 B1")]
    public void Texts_of_the_first_release_stay(string name, string text)
    {
        var profile = GicProfiles.Kvm with
        {
            PageSizes = TablePageSizes.FourKiB | TablePageSizes.SixtyFourKiB,
            AttributePolicy = MemoryAttributePolicy.KeepAll,
            CommandErrorPolicy = CommandErrorPolicy.StallOnMemoryError,
            GitsIidr = 0x43B,
            EventIdBits = 12,
            DirectLpis = true,
            GitsIdentification = new IdentificationRegisters(1, 2, 3, 4, HasCidr: true),
        };

        Assert.Equal(text, StateShape.Of(Vm with { Profile = profile }).ProfileValues[name]);
    }

    [Theory]
    [InlineData("as it was", null)]
    [InlineData("otherwise", "it was saved with as it was, and this VM has otherwise")]
    public void Older_state_is_taken_where_a_later_value_is_what_it_was_before(string ofVm, string? problem)
    {
        ProfileValue[] later = [.. ProfileValues.All, new("later", _ => ofVm, WhenAbsent: "as it was")];
        var problems = new RequestProblems("");

        StateShape.Compare(StateShape.Of(Vm), Vm, later, problems);

        Assert.Equal(
            problem is null ? [] : new[] { ("shape.profile_values[later]", problem) },
            problems.Kept.Select(found => (found.Field, found.Text)));
    }

    [Theory]
    [InlineData("gits_iidr", "no such value", "0x4B00043B")]
    [InlineData("of_a_newer_service", "1", "no such value")]
    public void State_that_lacks_a_value_or_has_one_that_is_not_known_is_refused(
        string name, string ofState, string ofVm)
    {
        var saved = StateShape.Of(Vm);
        if (!saved.ProfileValues.Remove(name))
        {
            saved.ProfileValues.Add(name, ofState);
        }

        var problems = new RequestProblems("");
        StateShape.Compare(saved, Vm, problems);

        var problem = Assert.Single(problems.Kept);
        Assert.Equal($"shape.profile_values[{name}]", problem.Field);
        Assert.Equal($"it was saved with {ofState}, and this VM has {ofVm}", problem.Text);
    }
}
