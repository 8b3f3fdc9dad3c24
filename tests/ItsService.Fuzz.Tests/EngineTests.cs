using ItsService.Fuzz.Engine;

namespace ItsService.Fuzz.Tests;

/// <summary>The parts that a run is made of.</summary>
public class EngineTests
{
    [Theory]
    [InlineData("its[12].device[0xAB0]: it stands behind 7", "its[#].device[#]: it stands behind #")]
    [InlineData("0x1F is no multiple of 0x20 below 0x1000", "# is no multiple of # below #")]
    [InlineData("GITS_BASER1 and ICC_AP1R2_EL1", "GITS_BASER1 and ICC_AP1R2_EL1")]
    [InlineData("no number", "no number")]
    public void Numbers_make_no_behaviour(string text, string expected) =>
        Assert.Equal(expected, Behaviours.Normalized(text));

    [Fact]
    public void Mutation_leaves_its_input_alone_and_keeps_to_the_length()
    {
        var random = new Prng(1);
        byte[] input = [.. Enumerable.Range(0, 60).Select(number => (byte)number)];
        var before = (byte[])input.Clone();
        var results = new HashSet<string>();
        for (var count = 0; count < 500; count++)
        {
            var result = ByteMutations.Mutate(input, [1, 2, 3], lengthMax: 64, random);
            Assert.InRange(result.Length, 0, 64);
            results.Add(Convert.ToHexString(result));
        }

        Assert.Equal(before, input);
        Assert.InRange(results.Count, 400, 500);
    }

    [Fact]
    public void Cover_has_the_fewest_inputs_that_do_everything()
    {
        CorpusEntry Entry(int length, params string[] behaviours) => new(new byte[length], behaviours, behaviours[0]);

        var cover = CorpusCover.Of(
            [Entry(1, "a"), Entry(2, "b"), Entry(9, "a", "b"), Entry(8, "a", "b"), Entry(3, "c")]);

        Assert.Equal([8, 3], cover.Select(entry => entry.Input.Length));
    }

    [Fact]
    public void Corpus_is_written_and_read_and_what_was_found_stays()
    {
        var folder = Directory.CreateTempSubdirectory("its-fuzz-corpus-").FullName;
        File.WriteAllBytes(Path.Combine(folder, "found-once.bin"), [9]);
        CorpusFolder.Replace(folder, [new CorpusEntry([1], ["old"], "old")]);

        CorpusFolder.Replace(folder, [new CorpusEntry([2, 3], ["Its [#] is wrong"], "Its [#] is wrong")]);

        var files = CorpusFolder.Read(folder);
        Directory.Delete(folder, recursive: true);
        Assert.Equal("found-once.bin", files[0].Name);
        Assert.Matches("^its-is-wrong-[0-9a-f]{6}.bin$", files[1].Name);
        Assert.Equal([2, 3], files[1].Input);
        Assert.Equal(2, files.Count);
    }
}
