using System.Text;
using Grpc.Core;

namespace ItsService.StandIns.Tests.Api;

public class MetadataTests
{
    [Fact]
    public void Keys_are_lower_cased_and_found_in_any_case()
    {
        var metadata = new Metadata { { "Key-A", "1" }, { "KEY-a", "2" }, { "other", "3" } };

        Assert.All(metadata.Take(2), entry => Assert.Equal("key-a", entry.Key));
        Assert.Equal("2", metadata.GetValue("kEy-A"));
        Assert.Same(metadata[1], metadata.Get("Key-A"));
        Assert.Equal(["1", "2"], metadata.GetAll("KEY-A").Select(entry => entry.Value));
        Assert.Equal("2"u8.ToArray(), metadata.GetValueBytes("key-a"));
    }

    [Fact]
    public void Absent_key_gives_null_or_nothing()
    {
        var metadata = new Metadata();

        Assert.Null(metadata.Get("absent"));
        Assert.Null(metadata.GetValue("absent"));
        Assert.Null(metadata.GetValueBytes("absent"));
        Assert.Empty(metadata.GetAll("absent"));
    }

    [Fact]
    public void Binary_entry_keeps_its_own_copy_and_refuses_to_be_text()
    {
        byte[] bytes = [1, 2, 3];
        var entry = new Metadata.Entry("Data-BIN", bytes);
        bytes[0] = 9;
        entry.ValueBytes[1] = 9;

        Assert.True(entry.IsBinary);
        Assert.Equal("data-bin", entry.Key);
        Assert.Equal([1, 2, 3], entry.ValueBytes);
        Assert.Throws<InvalidOperationException>(() => entry.Value);
        Assert.Equal("[Entry: key=data-bin, valueBytes=AQID]", entry.ToString());
    }

    [Fact]
    public void Text_entry_gives_its_bytes_in_ascii()
    {
        var entry = new Metadata.Entry("key", "value");

        Assert.False(entry.IsBinary);
        Assert.Equal(Encoding.ASCII.GetBytes("value"), entry.ValueBytes);
        Assert.Equal("[Entry: key=key, value=value]", entry.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("with space")]
    [InlineData("colon:")]
    [InlineData("ümlaut")]
    [InlineData("text-bin")]
    public void Text_entry_refuses_the_key(string key) =>
        Assert.Throws<ArgumentException>(() => new Metadata.Entry(key, "value"));

    [Theory]
    [InlineData("data")]
    [InlineData("da ta-bin")]
    public void Binary_entry_refuses_the_key(string key) =>
        Assert.Throws<ArgumentException>(() => new Metadata.Entry(key, [1]));

    [Fact]
    public void Null_arguments_are_refused()
    {
        Assert.Throws<ArgumentNullException>(() => new Metadata.Entry(null!, "value"));
        Assert.Throws<ArgumentNullException>(() => new Metadata.Entry("key", (string)null!));
        Assert.Throws<ArgumentNullException>(() => new Metadata.Entry("key-bin", (byte[])null!));
        Assert.Throws<ArgumentNullException>(() => new Metadata().Add(null!));
        Assert.Throws<ArgumentNullException>(() => new Metadata().Get(null!));
        Assert.Throws<ArgumentNullException>(() => new Metadata().GetAll(null!));
    }

    [Fact]
    public void Empty_metadata_refuses_every_change()
    {
        var entry = new Metadata.Entry("key", "value");

        Assert.True(Metadata.Empty.IsReadOnly);
        Assert.Empty(Metadata.Empty);
        Assert.Throws<InvalidOperationException>(() => Metadata.Empty.Add(entry));
        Assert.Throws<InvalidOperationException>(() => Metadata.Empty.Add("key", "value"));
        Assert.Throws<InvalidOperationException>(() => Metadata.Empty.Insert(0, entry));
        Assert.Throws<InvalidOperationException>(() => Metadata.Empty[0] = entry);
        Assert.Throws<InvalidOperationException>(() => Metadata.Empty.Remove(entry));
        Assert.Throws<InvalidOperationException>(() => Metadata.Empty.RemoveAt(0));
        Assert.Throws<InvalidOperationException>(Metadata.Empty.Clear);
    }

    [Fact]
    public void Metadata_is_a_list()
    {
        var first = new Metadata.Entry("first", "1");
        var second = new Metadata.Entry("second", "2");
        var third = new Metadata.Entry("third", "3");
        var metadata = new Metadata { first, third };

        metadata.Insert(1, second);
        Assert.Equal([first, second, third], metadata);
        Assert.Equal(1, metadata.IndexOf(second));
        Assert.True(metadata.Remove(first));
        Assert.DoesNotContain(first, metadata);
        metadata[0] = first;
        var copy = new Metadata.Entry[2];
        metadata.CopyTo(copy, 0);
        Assert.Equal([first, third], copy);
        metadata.RemoveAt(0);
        Assert.Single(metadata);
        metadata.Clear();
        Assert.Empty(metadata);
    }
}
